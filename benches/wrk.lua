-- What wrk does for bench.mjs: asks for the paths in the file WRK_PATHS one after the other, with the session's cookie,
-- and prints its figures as one line of JSON.
local paths, at = {}, 0

function init()
  for path in io.lines(os.getenv("WRK_PATHS")) do paths[#paths + 1] = path end
  wrk.headers["Cookie"] = os.getenv("WRK_COOKIE")
  wrk.headers["Accept"] = "text/html"
  wrk.headers["Accept-Encoding"] = os.getenv("WRK_ENCODING")
  for n, path in ipairs(paths) do paths[n] = wrk.format("GET", path) end
end

function request()
  at = at % #paths + 1
  return paths[at]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format('JSON {"requests":%d,"seconds":%.3f,"bytes":%d,"p50":%.3f,"p99":%.3f,"max":%.3f,"refused":%d,"late":%d,"broken":%d}\n',
    summary.requests, summary.duration / 1e6, summary.bytes,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, latency.max / 1000,
    errors.status, errors.timeout, errors.connect + errors.read + errors.write))
end
