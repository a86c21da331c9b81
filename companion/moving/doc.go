// Package moving brings what files of other programs hold into kai, for the command line.
//
// What is in the files is judged by the very readers that the views have: readers.js is made of extension/views/kit/moving/read, and
// run by goja. So there is one opinion of every format. This package opens files and folders, unpacks zips and cuts JSON into
// parts, within limits, and keeps what the readers make of them by methods of a kai, for which it is handed a way to call.
//
// Imports companion/extract, shared/{assistant,fault,gallery,library,record,store} and goja.
package moving
