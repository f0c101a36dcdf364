-- Carries out a batch: all of it, or nothing if an expectation does not hold.
--
-- KEYS: the version of the last batch, the mark of this one, then one for each expectation and write, two
-- for those of the stream of jobs.
-- ARGV: how long the mark stays; the number of records with an expectation, the version of each ('' if the
-- record must not exist); the number of sets, the number that each has fewer members than; the number of
-- leases, the group, the consumer and the entry of each; the number of writes, their kinds with values and
-- expiries; then topics with messages.
-- Returns the version of the batch, or nil for a conflict.

local done = redis.call('GET', KEYS[2])
if done then
  return done
end

local key, arg = 2, 1
local function next_key()
  key = key + 1
  return KEYS[key]
end
local function next_arg()
  arg = arg + 1
  return ARGV[arg]
end

for _ = 1, tonumber(next_arg()) do
  local version = redis.call('HGET', next_key(), 'n')
  if (version or '') ~= next_arg() then
    return nil
  end
end

for _ = 1, tonumber(next_arg()) do
  if redis.call('ZCARD', next_key()) >= tonumber(next_arg()) then
    return nil
  end
end

for _ = 1, tonumber(next_arg()) do
  local stream, group, consumer, entry = next_key(), next_arg(), next_arg(), next_arg()
  -- An error means that there is no stream or no group.
  local pending = redis.pcall('XPENDING', stream, group, entry, entry, 1, consumer)
  if pending.err or #pending == 0 then
    return nil
  end
  redis.call('XCLAIM', stream, group, consumer, 0, entry, 'JUSTID')
end

-- Microseconds since 1970 and counting on, so that no version comes back, even if Redis loses the last.
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local last = tonumber(redis.call('GET', KEYS[1]) or '0')
local version = string.format('%.0f', math.max(last + 1, now))
-- The first write. If the memory is used up, Redis refuses it, and nothing has been written.
redis.call('SET', KEYS[1], version)

local function expire(name, expires)
  if expires == '' then
    redis.call('PERSIST', name)
  else
    redis.call('PEXPIREAT', name, expires)
  end
end

for _ = 1, tonumber(next_arg()) do
  local name, kind = next_key(), next_arg()
  if kind == 'put' then
    redis.call('HSET', name, 'n', version, 'v', next_arg())
    expire(name, next_arg())
  elseif kind == 'append' then
    redis.call('RPUSH', name, next_arg())
    expire(name, next_arg())
  elseif kind == 'remove' then
    redis.call('DEL', name)
  elseif kind == 'add' then
    redis.call('ZADD', name, 0, next_arg())
  elseif kind == 'submit' then
    local job = next_arg()
    redis.call('HSET', next_key(), job, redis.call('XADD', name, '*', 'task', job))
  elseif kind == 'settle' then
    local entries, job, group, entry = next_key(), next_arg(), next_arg(), next_arg()
    redis.call('XACK', name, group, entry)
    redis.call('XDEL', name, entry)
    if redis.call('HGET', entries, job) == entry then
      redis.call('HDEL', entries, job)
    end
  else
    redis.call('ZREM', name, next_arg())
  end
end

redis.call('SET', KEYS[2], version, 'PX', ARGV[1])
while arg < #ARGV do
  redis.call('PUBLISH', next_arg(), next_arg())
end
return version
