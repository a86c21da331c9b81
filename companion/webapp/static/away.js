// Goes back to where the person wanted to be, once kai answers again.
const every = 2000; // ms

async function look() {
  const answers = await fetch("/healthz", { cache: "no-store" }).then((answer) => answer.ok, () => false);
  if (!answers) {
    setTimeout(look, every);
  } else if (location.pathname === "/away.html") {
    location.replace("/");
  } else {
    location.reload();
  }
}

look();
