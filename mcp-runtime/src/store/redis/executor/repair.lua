-- Submits jobs again whose entry is lost: it is not in the stream, or it was given to a consumer and is not
-- pending.
--
-- KEYS: the stream, the hash with the entry of each job, the set of unfinished jobs. ARGV: the group, then the
-- jobs. Returns the number of jobs that were submitted.

local stream, entries, unfinished = KEYS[1], KEYS[2], KEYS[3]
local group = ARGV[1]

local function parts(id)
  local time, number = string.match(id, '^(%d+)-(%d+)$')
  return tonumber(time), tonumber(number)
end

-- The last entry that was given to a consumer. An error means that there is no stream.
local last_time, last_number = 0, 0
local groups = redis.pcall('XINFO', 'GROUPS', stream)
for _, info in ipairs(groups) do
  local fields = {}
  for i = 1, #info, 2 do
    fields[info[i]] = info[i + 1]
  end
  if fields['name'] == group then
    last_time, last_number = parts(fields['last-delivered-id'])
  end
end

local function is_there(entry)
  if #redis.call('XRANGE', stream, entry, entry) == 0 then
    return false
  end
  local time, number = parts(entry)
  if time > last_time or (time == last_time and number > last_number) then
    return true
  end
  local pending = redis.pcall('XPENDING', stream, group, entry, entry, 1)
  return not pending.err and #pending > 0
end

local submitted = 0
for i = 2, #ARGV do
  local job = ARGV[i]
  local entry = redis.call('HGET', entries, job)
  local is_unfinished = redis.call('ZSCORE', unfinished, job)
  if is_unfinished and not (entry and is_there(entry)) then
    redis.call('HSET', entries, job, redis.call('XADD', stream, '*', 'task', job))
    submitted = submitted + 1
  end
end
return submitted
