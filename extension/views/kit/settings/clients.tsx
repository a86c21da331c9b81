import { useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import type { Client, WaitingClient } from "../../../gen/wire";
import { ago, t } from "../../../strings";
import { sentence } from "../state/app";
import { Watched } from "../state/watched";
import { Button } from "../ui/button";
import { useApp } from "../ui/context";
import { Dialog } from "../ui/dialog";
import { Section } from "./section";

type Ask = (method: "clients.approve" | "clients.refuse" | "clients.revoke", id: string) => Promise<void>;

/** Clients lets other browsers in, and lists who may use this kai. It is of the web app: the extension is no client. */
export function Clients() {
  const app = useApp();
  const clients = useMemo(() => new Watched(() => app.client.call("clients.state", {})), [app]);
  const own = app.mode.value === "standalone";
  useEffect(() => (own ? clients.watch() : undefined), [own, clients]);
  if (!own) return null;
  const ask: Ask = async (method, id) => {
    await app.attempt(app.client.call(method, { id }));
    await clients.look();
  };
  const state = clients.state.value;
  return (
    <Section title={t.clients.title} lead={t.clients.lead}>
      {clients.fault.value && <p role="alert">{sentence(clients.fault.value)}</p>}
      <div aria-live="polite">
        {state && state.waiting.length > 0 && (
          <ul class="cards">{state.waiting.map((w) => <li key={w.id}><Waiting client={w} ask={ask} /></li>)}</ul>
        )}
      </div>
      {state?.clients.length === 0 && state.waiting.length === 0 && <p class="aside">{t.clients.none}</p>}
      {state && state.clients.length > 0 && (
        <ul class="cards">{state.clients.map((c) => <li key={c.name}><Known client={c} ask={ask} /></li>)}</ul>
      )}
    </Section>
  );
}

function Waiting({ client, ask }: { client: WaitingClient; ask: Ask }) {
  const about = t.clients.waits(client.address, ago(client.since));
  return (
    <article class="card" aria-label={t.clients.asks(client.name)}>
      <header>
        <div class="grow">
          <h3>{t.clients.asks(client.name)}</h3>
          <p class="aside">{about}</p>
        </div>
        <code class="pair-code">{client.code.slice(0, 3)} {client.code.slice(3)}</code>
      </header>
      <p>{client.approved ? t.clients.coming : t.clients.compare}</p>
      {!client.approved && (
        <div class="actions">
          <Button tone="primary" class="small" aria-label={t.clients.approveOf(client.name)} onClick={() => void ask("clients.approve", client.id)}>{t.clients.approve}</Button>
          <Button tone="quiet" class="small" aria-label={t.clients.refuseOf(client.name)} onClick={() => void ask("clients.refuse", client.id)}>{t.clients.refuse}</Button>
        </div>
      )}
    </article>
  );
}

function Known({ client, ask }: { client: Client; ask: Ask }) {
  const revoking = useSignal(false);
  return (
    <article class="card" aria-label={client.name}>
      <header>
        <div class="grow">
          <h3>{client.name}</h3>
          <p class="aside">{t.clients.since(ago(client.added))}</p>
        </div>
      </header>
      <div class="actions">
        <Button tone="quiet" class="small" aria-label={t.clients.revokeOf(client.name)} onClick={() => (revoking.value = true)}>{t.clients.revoke}</Button>
      </div>
      {revoking.value && (
        <Dialog title={t.clients.revokeSure(client.name)} onClose={() => (revoking.value = false)}>
          <p>{t.clients.revokeText}</p>
          <div class="actions end">
            <Button tone="quiet" onClick={() => (revoking.value = false)}>{t.app.cancel}</Button>
            <Button tone="bad" onClick={() => { revoking.value = false; void ask("clients.revoke", client.name); }}>{t.clients.revoke}</Button>
          </div>
        </Dialog>
      )}
    </article>
  );
}
