"""What a user of clickhouse-connect does, against a Daybook server: the arguments are port, token and path prefix. Prints one JSON object."""

import json
import sys

import clickhouse_connect

port, token, path = int(sys.argv[1]), sys.argv[2], sys.argv[3]
client = clickhouse_connect.get_client(host="127.0.0.1", port=port, username="any", password=token, **({"proxy_path": path} if path else {}))
found = {}
found["version"] = client.server_version
literal = client.query("SELECT * FROM access_logs WHERE user_id = 'U12345' AND timestamp > '2023-10-01';")
found["literal"] = [dict(zip(literal.column_names, row)) for row in literal.result_rows]
found["bound"] = client.query(
    "SELECT user_id FROM access_logs WHERE user_id = {u:String} AND outcome IN {o:Array(String)}",
    parameters={"u": "U12345", "o": ["success", "it's"]},
).result_rows
found["interpolated"] = client.query("SELECT count() FROM access_logs WHERE user_id = %(u)s", parameters={"u": "' OR 1 --"}).result_rows
found["command"] = client.command("SELECT currentDatabase()")
found["raw"] = client.raw_query("SELECT 1 AS a FORMAT JSONEachRow").decode()
found["tables"] = client.query("SHOW TABLES").result_rows
with client.query_rows_stream("SELECT number FROM numbers(200000)") as stream:
    found["streamed"] = sum(1 for _ in stream)
found["settings"] = client.query("SELECT number FROM numbers(3)", settings={"max_execution_time": 5}).result_rows
for name, statement in (("insert", "INSERT INTO access_logs (user_id) VALUES ('x')"), ("file", "SELECT file('/etc/hostname')"), ("syntax", "SELECT 1 +")):
    try:
        client.command(statement)
        found[name] = "accepted"
    except Exception as error:
        found[name] = str(error)
found["ping"] = client.ping()
print(json.dumps(found, default=str))
