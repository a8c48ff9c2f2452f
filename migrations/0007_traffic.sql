-- What targets served while a rollout was under way: the growth of their routers' counters per bucket of time. Kept for
-- 7 days by whoever writes it.

create table traffic (
  application   text not null,
  environment   text not null,
  target        text not null,
  release       text not null,
  at            timestamptz not null,           -- when the bucket begins; see capabilities/fleet/types.ts trafficWidth
  requests      bigint not null,
  errors        bigint not null,
  latency       jsonb not null,                 -- requests per upper bound in seconds, see capabilities/fleet/types.ts Growth
  weight        double precision not null,      -- the last one of the bucket, percent; so are ready and replicas
  ready         bigint not null,
  replicas      bigint not null,
  primary key (application, environment, target, release, at)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.05);
create index traffic_at on traffic (at);
