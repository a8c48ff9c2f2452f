-- Searches of the log by time. Events are only ever appended, so their times lie in the order of the pages, and the least
-- index there is will do: a few bytes for every 32 pages, and next to nothing for each event that is written.

create index events_at on events using brin (at) with (pages_per_range = 32, autosummarize = on);
