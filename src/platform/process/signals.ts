const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Resolves with the reason when this process is asked to end: by a signal, or, when supervised, by the end of the
 * channel to the process that started it. Asking again within a second is the same asking (a terminal's Ctrl-C
 * reaches a whole process group, and its leader may pass it on); later it ends the process at once.
 */
export function untilAskedToEnd(supervised: boolean): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const since = { first: 0 };
  const ask = (reason: string): void => {
    if (since.first === 0) since.first = performance.now();
    else if (performance.now() - since.first > 1_000) process.exit(130);
    resolve(reason);
  };
  for (const name of names) process.on(name, () => ask(name));
  if (supervised) process.once('disconnect', () => resolve('its starter is gone'));
  return promise;
}

/** Lets go of the channel to the starter, which would otherwise keep this process alive after its work. */
export function letGo(): void {
  if (process.connected) process.disconnect?.();
}
