// Package harness drives real browsers as a person would: it finds controls by accessible role and name, clicks and types
// real input, and takes screenshots. Chromium is driven by chromedp, Firefox by WebDriver BiDi over a WebSocket; tests
// written against Browser and Page run in both. Only e2e imports this package.
package harness
