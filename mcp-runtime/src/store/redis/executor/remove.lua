-- Removes consumers that have no leases: the given one, or all that have sent nothing for a time.
--
-- KEYS: the stream, the hash with the entry of each job. ARGV: the group, the time in milliseconds, then a
-- consumer or nothing.

-- An error means that there is no stream or no group.
local consumers = redis.pcall('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])
for _, info in ipairs(consumers) do
  local fields = {}
  for i = 1, #info, 2 do
    fields[info[i]] = info[i + 1]
  end
  local is_meant = not ARGV[3] or fields['name'] == ARGV[3]
  if is_meant and fields['pending'] == 0 and fields['idle'] >= tonumber(ARGV[2]) then
    redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], fields['name'])
  end
end
return 0
