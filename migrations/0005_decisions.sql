-- The journal: every decision of the kinds that keep one, with all that it was decided from.

create table decisions (
  id            bigint generated always as identity primary key,
  object_id     text not null,
  generation    bigint not null,                -- the generation that the decision made
  schema        integer not null,               -- version of the object's state that the code then wrote
  at            timestamptz not null,           -- what the decision took for now
  -- JSON as text: what a source answered may hold what jsonb refuses.
  snapshot      text not null,
  decision      text not null,
  unique (object_id, generation)
);
create index decisions_at on decisions (at);
