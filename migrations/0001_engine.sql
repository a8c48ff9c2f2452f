-- The engine: durable objects, effects (outbox) and events (audit). It knows nothing of delivery.

create table objects (
  id            text primary key,               -- kind/key
  kind          text not null,
  key           text not null,
  generation    bigint not null default 0,      -- grows with every write of state; the guard of every write
  schema        integer not null default 1,     -- version of the shape of state
  phase         text not null,
  terminal      boolean not null default false,
  because       text not null default '',
  state         jsonb not null,
  wake_at       timestamptz,                    -- due at; null sleeps until news. A claim moves it to the lease's end.
  news          bigint not null default 0,      -- a sequence number, not a flag: news during work makes it due again
  leased_by     text,
  leased_until  timestamptz,
  failures      integer not null default 0,     -- reconciles that failed in a row; 0 after a success
  problem       jsonb,                          -- the last failure
  created_at    timestamptz not null default now(),
  updated_at    timestamptz not null default now()
);
create unique index objects_kind_key on objects (kind, key);
create index objects_due on objects (wake_at) where wake_at is not null;

create table effects (
  id            bigint generated always as identity primary key,
  key           text not null unique,           -- object/generation/n: the idempotency key
  object_id     text not null references objects (id) on delete cascade,
  kind          text not null,
  payload       jsonb not null,
  attempts      integer not null default 0,
  wake_at       timestamptz default now(),      -- null when done
  leased_until  timestamptz,
  problem       jsonb,                          -- the last failure
  outcome       jsonb,                          -- {"ok":true,"value":…} or {"ok":false,"problem":…} when done
  created_at    timestamptz not null default now(),
  done_at       timestamptz,
  taken_at      timestamptz                     -- when the object's decision had seen the outcome
);
create index effects_due on effects (wake_at) where wake_at is not null;
create index effects_news on effects (object_id) where done_at is not null and taken_at is null;

create table events (
  id            bigint generated always as identity primary key,
  tx            xid8 not null default pg_current_xact_id(),  -- readers order by (tx, id) below the snapshot's xmin, so a resumed stream misses nothing
  at            timestamptz not null default clock_timestamp(),
  type          text not null,                  -- rollout.opened, release.quarantined …
  actor         text not null,                  -- tidegate, user:NAME, agent:NAME, git:AUTHOR
  object_id     text,
  application   text,
  environment   text,
  because       text not null,
  outcome       text not null,                  -- done, refused, failed
  before        jsonb,
  after         jsonb,
  request_id    text
);
create index events_order on events (tx, id);
create index events_application on events (application, environment, id);
create index events_object on events (object_id, id);

create function events_are_append_only() returns trigger language plpgsql as $$
begin
  raise exception 'events are append-only' using errcode = 'insufficient_privilege';
end $$;
create trigger events_append_only before update or delete on events
  for each row execute function events_are_append_only();
create trigger events_no_truncate before truncate on events
  for each statement execute function events_are_append_only();

-- A person's or another object's wish, consumed by the object it is for.
create table requests (
  id            bigint generated always as identity primary key,
  object_id     text not null references objects (id) on delete cascade,
  action        text not null,                  -- promote, abort, approve, pause, resume …
  actor         text not null,
  because       text not null default '',
  payload       jsonb not null default '{}',
  request_id    text,
  at            timestamptz not null default clock_timestamp(),
  taken_at      timestamptz                     -- when the object's decision had seen it
);
create index requests_open on requests (object_id) where taken_at is null;
