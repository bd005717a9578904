from tests.access import Row

READERS = "302 403 403 200 200 200"
ACCESS: list[Row] = [
    Row("quality:trends", READERS),
    Row("quality:trends", "302 403 403 400 400 400", data={"topic": "nothing"}, label="unknown topic"),
    Row("quality:trends", "302 405 405 405 405 405", method="POST"),
    Row("quality:cases", READERS),
    Row("quality:cases", READERS, data={"what": "volume"}, label="volume"),
    Row("quality:cases", "302 403 403 400 400 400", data={"since": "2026-13-01"}, label="no date"),
    Row("quality:export", READERS),
    Row("quality:export", READERS, data={"table": "feedback"}, label="feedback"),
    Row("quality:export", "302 403 403 400 400 400", data={"table": "people"}, label="unknown table"),
]
