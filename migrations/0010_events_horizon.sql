-- The oldest transaction that may still write events: readers go on below it. Transaction ids are drawn for all databases of
-- a server, and a snapshot counts those of the others among the running ones, so that a long one there would hold back the
-- log, its stream and the notifications here. Whatever of the snapshot is known to run in another database is passed over;
-- whatever has ended since the snapshot is not known any more, and counts.

create function events_horizon() returns xid8 language sql stable as $$
  select coalesce(min(t.id), pg_snapshot_xmax(pg_current_snapshot()))
    from pg_snapshot_xip(pg_current_snapshot()) as t (id)
   where not exists (
         select 1 from pg_stat_activity a
          where a.backend_xid = t.id::xid
            and a.datid is distinct from (select oid from pg_database where datname = current_database()))
$$;
