def markdown(rows): return ""
