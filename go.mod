module github.com/kindos/kai

go 1.26
