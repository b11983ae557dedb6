def drawings(rows): return {}
