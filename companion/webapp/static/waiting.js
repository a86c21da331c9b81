// Asks whether a person has decided, and goes where that leads.
const every = 2000; // ms

async function look() {
  const answer = await fetch(location.href, { cache: "no-store", redirect: "manual" }).catch(() => undefined);
  if (answer?.type === "opaqueredirect") {
    location.replace("/"); // let in: the answer brought the session
  } else if (answer?.status === 401) {
    location.reload(); // which says why not
  } else {
    setTimeout(look, every);
  }
}

setTimeout(look, every);
