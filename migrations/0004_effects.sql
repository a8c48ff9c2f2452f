-- Effects can be stopped: by a tag that their object gave them.

alter table effects
  add column tag     text,                      -- object's own name for it; null: it is never stopped
  add column stop_at timestamptz;               -- when it was asked to stop; the worker that runs it aborts it
create index effects_tag on effects (object_id, tag) where tag is not null and done_at is null;

-- The log of one step, and how much of it there is.
create index step_logs_step on step_logs (run, step, id);
