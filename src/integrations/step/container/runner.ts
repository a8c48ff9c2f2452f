/**
 * Where containers run. Small enough for any engine: with Docker a piece of work is a container, with Kubernetes it would
 * be a Job of that name. Expected failures are values; all methods throw a ProblemError with TG1913 when the engine does
 * not answer.
 */
export type Workload = {
  /** A DNS label. The same name is the same piece of work. */
  readonly name: string;
  readonly labels: { readonly [name: string]: string };
  readonly image: string;
  /** Empty: what the image says. */
  readonly command: readonly string[];
  readonly env: { readonly [name: string]: string };
  readonly cpus: number;
  /** Bytes. */
  readonly memory: number;
  readonly network: 'none' | 'bridge';
};

export type Began =
  | { readonly is: 'begun' }
  /** An earlier try of the same work began it. */
  | { readonly is: 'found' }
  | { readonly is: 'refused'; readonly code: 'TG1912' | 'TG1914'; readonly detail: string };

export type Ended = {
  readonly code: number;
  readonly isOutOfMemory: boolean;
};

export type Sinks = {
  readonly out: (chunk: Buffer) => void;
  readonly err: (chunk: Buffer) => void;
};

export type ContainerRunner = {
  /** Brings the image if need be and begins the work, unless work of that name is there. `say` tells people of waits. */
  begin(work: Workload, signal: AbortSignal, say: (text: string) => void): Promise<Began>;
  /** ISO 8601: when it began to run; null when there is no such work. */
  since(name: string): Promise<string | null>;
  /** Hands over all that it printed and prints, and resolves when it has ended. Rejects with the signal's reason. */
  follow(name: string, sinks: Sinks, signal: AbortSignal): Promise<Ended>;
  /** Asks it to end, ends it after `grace` ms, and removes it. Nothing happens when it is not there. */
  remove(name: string, grace: number): Promise<void>;
  /** Work with this label: names and all labels. Only what is older than so many ms. */
  list(
    label: readonly [name: string, value: string],
    olderThan: number,
  ): Promise<readonly { readonly name: string; readonly labels: Workload['labels'] }[]>;
};
