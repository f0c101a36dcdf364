-- Extends the leases of a consumer that it still has.
--
-- KEYS: the stream, the hash with the entry of each job. ARGV: the group, the consumer, then the job and the
-- entry of each lease. Returns the entries of leases that are lost.

local stream, entries = KEYS[1], KEYS[2]
local group, consumer = ARGV[1], ARGV[2]
local lost = {}
for i = 3, #ARGV, 2 do
  local job, entry = ARGV[i], ARGV[i + 1]
  if redis.call('HGET', entries, job) ~= entry then
    -- The job has ended, or another entry has taken the place of this one.
    redis.call('XACK', stream, group, entry)
    redis.call('XDEL', stream, entry)
    lost[#lost + 1] = entry
  else
    -- An error means that there is no stream or no group.
    local pending = redis.pcall('XPENDING', stream, group, entry, entry, 1, consumer)
    if pending.err or #pending == 0 then
      lost[#lost + 1] = entry
    else
      redis.call('XCLAIM', stream, group, consumer, 0, entry, 'JUSTID')
    end
  end
end
return lost
