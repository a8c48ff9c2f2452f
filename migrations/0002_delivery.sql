-- Declared state as last read from Git, and what delivery makes of it.

create table documents (
  repository    text not null,                  -- name of the config repository
  path          text not null,
  kind          text not null,
  name          text not null,                  -- metadata.name; for a Release: environment/application
  blob          text not null,                  -- Git object id of the file that holds the good spec
  newest_blob   text not null,                  -- of the file as it is now, good or not: what a commit to it builds on
  commit        text not null,                  -- commit that last changed it
  commit_info   jsonb not null default '{}',    -- of that commit: {author, email, subject, at, trailers}; Release documents only
  spec          jsonb,                          -- last good document; null when there never was one
  problems      jsonb not null default '[]',    -- what is wrong with the newest version, if anything
  deleted       boolean not null default false,
  updated_at    timestamptz not null default now(),
  primary key (repository, kind, name)
);
create index documents_kind on documents (kind, name) where not deleted;
create index documents_path on documents (repository, path);

-- A file in which not even a document could be found (broken YAML before its kind and name).
create table broken_files (
  repository    text not null,
  path          text not null,
  problems      jsonb not null,
  commit        text not null,
  updated_at    timestamptz not null default now(),
  primary key (repository, path)
);

create table releases (
  id            text primary key,               -- r- and the first 12 hex digits of the SHA-256 of the content
  digest        text not null unique,           -- SHA-256 of the canonical JSON of content
  application   text not null,
  commit        text not null,                  -- source commit
  content       jsonb not null,                 -- {application, commit, artifact, config}
  subject       text not null default '',       -- first line of the commit message
  author        text not null default '',
  committed_at  timestamptz,
  created_at    timestamptz not null default now(),
  created_by    text not null
);
create index releases_application on releases (application, created_at desc);

create table quarantines (
  application   text not null,
  environment   text not null,
  release       text not null references releases (id),
  rollout       text not null,
  because       text not null,
  at            timestamptz not null default now(),
  lifted_at     timestamptz,
  primary key (application, environment, release)
);

-- Releases that became stable, newest last: where a rollback may go.
create table stables (
  id            bigint generated always as identity primary key,
  application   text not null,
  environment   text not null,
  release       text not null references releases (id),
  rollout       text not null,
  at            timestamptz not null default now()
);
create index stables_latest on stables (application, environment, id desc);

-- The readable side of rollout objects: what lists and status screens ask, by index.
create table rollouts (
  id            text primary key,               -- ro-…
  application   text not null,
  environment   text not null,
  release       text not null,                  -- candidate
  stable        text,                           -- the release it started from; null for the first
  strategy      text not null,
  phase         text not null,
  terminal      boolean not null default false,
  because       text not null,
  weight        integer not null default 0,     -- of the candidate, in the wave under way
  wave          integer not null default 0,
  waves         integer not null default 1,
  step          integer not null default 0,
  steps         integer not null default 0,
  started_at    timestamptz not null,
  updated_at    timestamptz not null,
  ended_at      timestamptz
);
create unique index rollouts_one_active on rollouts (application, environment) where not terminal;
create index rollouts_latest on rollouts (application, environment, started_at desc);
create index rollouts_started on rollouts (started_at desc);

-- What each target shall serve, and what it says it serves. Agents follow by (target, revision).
create table target_revisions (
  target        text primary key,
  revision      bigint not null default 0       -- grows by one under row lock with each intent written for the target
);
create table intents (
  target        text not null,
  application   text not null,
  environment   text not null,
  generation    bigint not null,                -- grows with each write of this intent
  revision      bigint not null,                -- the target's revision at that write
  spec          jsonb not null,                 -- see capabilities/fleet/types.ts Intent
  written_by    text not null,                  -- object id
  because       text not null,
  updated_at    timestamptz not null default clock_timestamp(),
  primary key (target, application)
);
create index intents_follow on intents (target, revision);
create index intents_application on intents (application, environment);

create table statuses (
  target        text not null,
  application   text not null,
  environment   text not null,
  generation    bigint not null,                -- of the intent that it speaks of
  converged     boolean not null,
  report        jsonb not null,                 -- see capabilities/fleet/types.ts Status
  reported_at   timestamptz not null,
  primary key (target, application)
);
create index statuses_application on statuses (application, environment);

create table agents (
  name          text primary key,
  token_hash    text not null unique,           -- SHA-256 of the token, hex
  targets       text[] not null,
  last_seen_at  timestamptz,
  version       text,
  created_at    timestamptz not null default now()
);

-- Tokens of people and programs; the token itself is never stored.
create table tokens (
  name          text primary key,
  token_hash    text not null unique,
  role          text not null,                  -- admin, deployer, viewer
  created_at    timestamptz not null default now(),
  last_used_at  timestamptz
);
