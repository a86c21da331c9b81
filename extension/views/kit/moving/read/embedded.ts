// What kai's command line runs of the readers (companion/moving), in an engine of its own: it opens files, unpacks zips and cuts JSON
// into parts itself. go test ./companion/moving -run TestReaders -update bundles this.
export { JsonReading } from "./json_reading";
export { readMarkdown } from "./markdown";
