-- wrk: an order with a token per user and a key of its own; the answer's order number is read.
-- With FLASHSIM_PAUSE_MS each connection pauses between its requests, that long on average.
local sent, wrong = 0, 0
local pause = tonumber(os.getenv("FLASHSIM_PAUSE_MS") or "0")
local body = '{"productId":"sneaker-42","quantity":1}'
local headers = { ["Content-Type"] = "application/json" }
function request()
  sent = sent + 1
  headers["Authorization"] = "Bearer " .. string.rep(string.format("%08d", sent % 1000), 4)
  headers["Idempotency-Key"] = "mf3k2x9a-4f2c-" .. sent
  return wrk.format("POST", "/orders", headers, body)
end
function response(status, headers, text)
  if not string.match(text, '"orderId":"([^"]+)"') then wrong = wrong + 1 end
end
if pause > 0 then
  function delay() return math.random(0, math.floor(2 * pause)) end
end
