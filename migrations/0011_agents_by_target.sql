-- Which agents follow a target is asked for every target of every look at a rollout; without an index that reads all agents
-- of the fleet. Reports change when an agent was last seen, and agents come seldom: a list of entries to be sorted in later
-- would be read by every look in between.

create index agents_targets on agents using gin (targets) with (fastupdate = off);
