-- Pipelines: runs and what begins them, and where news of all this goes.

-- Specifications of runs, once each: ten thousand runs of a pipeline share one row.
create table pipeline_specs (
  digest        text primary key,               -- SHA-256 of the canonical JSON
  spec          jsonb not null,
  created_at    timestamptz not null default now()
);

-- The readable side of run objects: what lists ask, by index.
create table runs (
  id                text primary key,           -- run-…
  seq               bigint generated always as identity,  -- the order in which they were opened, within a group
  pipeline          text not null,
  spec              text not null references pipeline_specs (digest),
  application       text,
  release           text,
  commit            text,
  trigger           text not null,
  actor             text not null,
  concurrency_group text,
  policy            text,                       -- queue, supersede, cancel
  phase             text not null,
  terminal          boolean not null default false,
  because           text not null,
  awaiting          text[] not null default '{}',  -- steps that wait for a person
  done              integer not null default 0,
  steps             integer not null default 0,
  parent            text,
  opened_at         timestamptz not null,
  started_at        timestamptz,
  updated_at        timestamptz not null,
  ended_at          timestamptz
);
create unique index runs_seq on runs (seq);
create index runs_opened on runs (opened_at desc, id desc);
create index runs_pipeline on runs (pipeline, opened_at desc, id desc);
create index runs_application on runs (application, opened_at desc, id desc);
create index runs_group on runs (concurrency_group, seq) where not terminal;
create unique index runs_one_running on runs (concurrency_group)
  where concurrency_group is not null and not terminal and phase <> 'queued';
create index runs_parent on runs (parent) where parent is not null;
create index runs_awaiting on runs (opened_at) where not terminal and awaiting <> '{}';

-- What steps printed, as it came; bounded by the writer.
create table step_logs (
  id            bigint generated always as identity primary key,
  run           text not null references runs (id) on delete cascade,
  step          text not null,                  -- instance name
  attempt       integer not null,
  stream        text not null,                  -- out, err, note
  text          text not null,
  at            timestamptz not null default clock_timestamp()
);
create index step_logs_run on step_logs (run, id);

-- Webhooks that were taken, so that one delivered twice counts once. Worked off by the trigger that it is for.
create table webhook_deliveries (
  trigger       text not null,                  -- PIPELINE/TRIGGER
  delivery      text not null,                  -- the sender's id of it, or the digest of its body
  received_at   timestamptz not null default now(),
  primary key (trigger, delivery)
);
create index webhook_deliveries_received on webhook_deliveries (received_at);
