// Has the browser keep the page that is shown while kai does not run. Where it may not, that page is the browser's own.
navigator.serviceWorker?.register("/worker.js").catch(() => {});
