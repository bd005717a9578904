from tests.access import Row

READERS = "302 403 403 200 200 200"
ACCESS: list[Row] = [
    Row("quality:trends", READERS),
    Row("quality:trends", "302 403 403 400 400 400", data={"topic": "nothing"}, label="unknown topic"),
    Row("quality:trends", "302 405 405 405 405 405", method="POST"),
    Row("quality:cases", READERS),
    Row("quality:cases", READERS, data={"what": "volume"}, label="volume"),
    Row("quality:cases", "302 403 403 400 400 400", data={"since": "2026-13-01"}, label="no date"),
    Row("quality:searches", READERS),
    Row("quality:searches", "302 403 403 400 400 400", data={"weeks": "7"}, label="unknown period"),
    Row("quality:export_searches", READERS),
    Row("quality:export_searches", READERS, data={"table": "questions"}, label="questions"),
    Row("quality:export_searches", "302 403 403 400 400 400", data={"table": "weeks"}, label="other table"),
    Row("quality:export", READERS),
    Row("quality:export", READERS, data={"table": "feedback"}, label="feedback"),
    Row("quality:export", "302 403 403 400 400 400", data={"table": "people"}, label="unknown table"),
]
