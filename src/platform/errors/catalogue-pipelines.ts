import { entry } from './catalogue-entry.ts';

/** Codes of pipelines (TG190x), their steps (TG191x, TG192x), triggers (TG194x) and notifications (TG195x). */
export const pipelineCatalogue = {
  TG1901: entry(404, 'stop', 'No such run', 'List them with: tidegate run list'),
  TG1902: entry(
    409,
    'stop',
    'Not possible in this state',
    'Look at the run: tidegate run show RUN',
  ),
  TG1903: entry(
    404,
    'stop',
    'No such pipeline',
    'List what is declared with: tidegate status; declare the Pipeline in Git.',
  ),
  TG1904: entry(
    422,
    'stop',
    'Inputs do not fit the pipeline',
    'Give each input that has no default, with its type.',
  ),
  TG1905: entry(
    403,
    'stop',
    'Not allowed to answer this step',
    'Ask one of those whom the step names.',
  ),
  TG1906: entry(
    422,
    'stop',
    'Expression has no value',
    'Mend the expression, or what it reads; the reason is shown with it.',
  ),
  TG1907: entry(
    422,
    'stop',
    'Step does not fit its schema',
    'See docs/reference/kinds.md for the settings of this kind of step.',
  ),
  TG1908: entry(422, 'stop', 'Run is too large', 'Split the pipeline, or use a shorter list.'),
  TG1911: entry(
    422,
    'stop',
    'Secret cannot be read',
    'Set the variable or the file on every worker, as the pipeline names it.',
  ),
  TG1912: entry(
    500,
    'stop',
    'Program could not be started',
    'Check that it is installed on every worker, and its path.',
  ),
  TG1913: entry(
    503,
    'retry',
    'Container engine does not answer',
    'Start Docker where the worker runs, or set DOCKER_HOST.',
  ),
  TG1914: entry(
    422,
    'stop',
    'Image cannot be had',
    'Check the name of the image and the credentials of the engine.',
  ),
  TG1915: entry(
    413,
    'stop',
    'Output is too large',
    'Keep outputs below 16 KiB; put larger things where they can be fetched.',
  ),
  TG1921: entry(503, 'retry', 'Address does not answer', 'Check the address and the network.'),
  TG1922: entry(
    403,
    'stop',
    'Address is not allowed',
    'Steps reach no link-local address; use the service by its name.',
  ),
  TG1923: entry(
    502,
    'stop',
    'Answer of the host was not understood',
    'Check the address of the API and the token.',
  ),
  TG1941: entry(401, 'stop', 'Webhook is not genuine', 'Set the same secret on both sides.'),
  TG1942: entry(
    409,
    'stop',
    'Webhook was replayed',
    'Deliver it again with a new id, within five minutes of its time stamp.',
  ),
  TG1943: entry(
    404,
    'stop',
    'No such trigger',
    'Check the pipeline and the trigger in the address.',
  ),
  TG1944: entry(
    422,
    'stop',
    'Event was not understood',
    'See docs/guide/webhooks.md for what each sender sends.',
  ),
  TG1951: entry(
    503,
    'retry',
    'Notification was not taken',
    'It is sent again; check the address if it goes on.',
  ),
  TG1952: entry(
    429,
    'retry',
    'Notification came too fast',
    'It is sent again after the time that the receiver asked for.',
  ),
  TG1953: entry(
    422,
    'stop',
    'Notification was refused',
    'Check the channel: address, token, routing key.',
  ),
  TG1954: entry(
    422,
    'stop',
    'Template of a channel has no value',
    'Mend the template; the reason is shown with it.',
  ),
} as const;
