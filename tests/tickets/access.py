from tests.access import Row

ACCESS: list[Row] = []
