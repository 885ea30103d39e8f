-- DELETEs the address it is given. With a number behind "--" that number is added to the address, and to each further
-- request the next one, so that every cancel is of another task.
wrk.method = "DELETE"
local clients = {}

function setup(thread)
    table.insert(clients, thread)
end

function init(args)
    sent = 0
    if #args == 0 then
        return
    end
    local first = tonumber(args[1])
    local head = "DELETE " .. wrk.path
    local tail = " HTTP/1.1\r\nHost: " .. wrk.headers["Host"] .. "\r\n\r\n"
    request = function()
        sent = sent + 1
        return head .. string.format("%d", first + sent - 1) .. tail
    end
end

function done(summary, latency)
    local errors = summary.errors
    print(string.format(
        '{"requests":%d,"sent":%d,"failed":%d,"microseconds":%d,"p50":%d,"p99":%d}',
        summary.requests, clients[1]:get("sent"), errors.connect + errors.read + errors.write + errors.status + errors.timeout,
        summary.duration, latency:percentile(50), latency:percentile(99)))
end
