-- Decides all limits of each request in a batch, all or nothing for each request, by the store's own time.
-- Runs on Redis 6.2 and later; the shapes of limits are those of counter.py.
--
-- KEYS  1 what the store remembers of itself, 2 the last batch of this client, 3.. the counters
-- ARGV  1 run of the server, 2 run of the server this client knew before ("" for none), 3 "1" if it keeps what
--       it acknowledged, 4 "take" or "give", 5 number of the batch (0: not to be given back), 6 requests
local SLOTS = 30
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])

local function whole(number) return string.format('%.0f', number) end

-- How long this store has remembered everything; 0 since ever.
local function remembers()
  local said = redis.call('HMGET', KEYS[1], 'run', 'born', 'since')
  local run, born, since = said[1], said[2], tonumber(said[3] or '0')
  local before = since
  if not run then
    born = ARGV[1]
    if ARGV[2] ~= '' then since = now end
  elseif run ~= ARGV[1] then
    if ARGV[3] ~= '1' then since = now end
  elseif born == run and ARGV[2] ~= '' and ARGV[2] ~= run and since == 0 then
    since = now  -- somebody new thought the store new; this client knows better
  end
  if run ~= ARGV[1] or since ~= before then
    redis.call('HSET', KEYS[1], 'run', ARGV[1], 'born', born, 'since', whole(since))
  end
  return since
end

local held, touched = {}, {}

local function load(ask)
  local key = KEYS[ask[1]]
  local state = held[key]
  if state then return state end
  local raw = redis.call('GET', key)
  if ask[5] then
    state = {every = math.ceil(ask[3] / ask[2]), back = tonumber(raw or '0')}
  else
    state = {width = math.ceil(ask[3] / SLOTS), total = 0, head = 1, slots = {}, counts = {}}
    local packed = raw and cmsgpack.unpack(raw) or {}
    for i = 1, #packed, 2 do
      state.slots[#state.slots + 1] = packed[i]
      state.counts[#state.counts + 1] = packed[i + 1]
      state.total = state.total + packed[i + 1]
    end
  end
  held[key] = state
  return state
end

local function slot_of(state) return math.max(math.floor(now / state.width), state.slots[#state.slots] or 0) end
local function over(state, slot) return (slot + SLOTS + 1) * state.width end

local function over_in(ask, state)
  if ask[5] then
    state.back = math.max(state.back, now)
    return math.max(state.back + state.every * ask[4] - now - state.every * ask[2], 0)
  end
  local oldest = slot_of(state) - SLOTS
  while state.head <= #state.slots and state.slots[state.head] < oldest do
    state.total = state.total - state.counts[state.head]
    state.head = state.head + 1
  end
  local left, at, leaving = state.total, state.head, nil
  while at <= #state.slots and left + ask[4] > ask[2] do
    left, leaving, at = left - state.counts[at], state.slots[at], at + 1
  end
  return leaving and over(state, leaving) - now or 0
end

local function use(ask, state)
  touched[KEYS[ask[1]]] = state
  if ask[5] then
    state.back = state.back + state.every * ask[4]
    return
  end
  local slot, last = slot_of(state), #state.slots
  if last < state.head or state.slots[last] ~= slot then
    last = last + 1
    state.slots[last], state.counts[last] = slot, 0
  end
  state.counts[last] = state.counts[last] + ask[4]
  state.total = state.total + ask[4]
end

local function standing(ask, state)
  if ask[5] then
    return math.floor((state.every * ask[2] - (state.back - now)) / state.every), state.back - now
  end
  return ask[2] - state.total, state.total > 0 and over(state, state.slots[#state.slots]) - now or 0
end

local function give_back(ask, state, at)
  touched[KEYS[ask[1]]] = state
  if ask[5] then
    state.back = state.back - state.every * ask[4]
    return
  end
  local wanted = math.floor(at / state.width)
  for i = #state.slots, state.head, -1 do
    if state.slots[i] <= wanted or i == state.head then
      local given = math.min(ask[4], state.counts[i])
      state.counts[i], state.total = state.counts[i] - given, state.total - given
      return
    end
  end
end

local function save()
  for key, state in pairs(touched) do
    local value, until_at
    if state.every then
      value, until_at = whole(state.back), state.back
    else
      local packed = {}
      for i = state.head, #state.slots do
        packed[#packed + 1], packed[#packed + 2] = state.slots[i], state.counts[i]
      end
      value, until_at = cmsgpack.pack(packed), packed[1] and over(state, state.slots[#state.slots]) or now
    end
    redis.call('SET', key, value, 'PX', whole(math.max(math.ceil((until_at - now) / 1000), 1) + 1000))
  end
end

local function take(request, since)
  local wait, unsure = 0, 0
  for _, ask in ipairs(request) do
    wait = math.max(wait, over_in(ask, load(ask)))
    if ask[6] and since + ask[3] > now then unsure = math.max(unsure, since + ask[3] - now) end
  end
  local is_free = wait == 0 and unsure == 0
  local answer = {is_free and 1 or 0, math.max(wait, unsure), (wait == 0 and unsure > 0) and 1 or 0}
  for _, ask in ipairs(request) do
    local state = load(ask)
    if is_free then use(ask, state) end
    answer[#answer + 1], answer[#answer + 2] = standing(ask, state)
  end
  return answer
end

local requests = cmsgpack.unpack(ARGV[6])
if ARGV[4] == 'give' then
  local last = redis.call('GET', KEYS[2])
  last = last and cmsgpack.unpack(last) or {number = ''}
  local given = 0
  if last.number == ARGV[5] then
    for i, request in ipairs(requests) do
      local is_strict = false
      for _, ask in ipairs(request) do is_strict = is_strict or ask[6] end
      if is_strict and last.granted[i] == 1 then
        for _, ask in ipairs(request) do
          over_in(ask, load(ask))
          give_back(ask, load(ask), last.at)
        end
        given = given + 1
      end
    end
    redis.call('DEL', KEYS[2])
    save()
  end
  return given
end

local since = remembers()
local answers, granted = {}, {}
for i, request in ipairs(requests) do
  answers[i] = take(request, since)
  granted[i] = answers[i][1]
end
save()
if ARGV[5] ~= '0' then
  redis.call('SET', KEYS[2], cmsgpack.pack({number = ARGV[5], at = now, granted = granted}), 'PX', '600000')
end
return cmsgpack.pack(answers)
