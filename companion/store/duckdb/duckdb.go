// Package duckdb keeps records in one DuckDB file: the store of a person who wants to analyse their own history in SQL.
//
// DuckDB is C++, so it is in the full build only: cgo and the tag duckdb. Built says which build this is; without it Open
// answers fault.Unsupported. Imports shared/store, shared/record, shared/fault and, in the full build, DuckDB's driver.
package duckdb
