import { asFault } from "../../../bridge/fault";
import type { Attachment, Conversation, Folder, Tune } from "../../../gen/wire";
import { t } from "../../../strings";
import { recall } from "../knowledge/actions";
import type { App } from "./app";
import type { Entry } from "./entry";
import { waitFor } from "./questions";
import { keepDraft } from "./remember";

/**
 * send asks something in the open conversation, or in other words what was asked before. A message that did not get
 * through comes back to the text box.
 */
export async function send(app: App, text: string, attachments: Attachment[], giveBack: () => void, edited?: Entry): Promise<void> {
  const { thread } = app;
  const choice = app.choice.peek();
  const conversation = thread.id.peek();
  if (app.away.peek()) {
    if (!edited && attachments.length === 0 && waitFor(conversation, text)) return;
    app.notices.show(t.chat.cannotWait);
    return giveBack();
  }
  const entry = thread.pend(text, attachments, edited);
  const knowledge = app.library.chosen.peek();
  const beginning = app.beginning.peek();
  try {
    const own = attachments.filter((a) => a.type !== "passage");
    const kept = own.some((a) => a.type === "image") ? await app.pictures.keep(own) : own;
    const passages = knowledge.length > 0 ? await recall(app, text, knowledge) : []; // without, it is sent at once
    const sent = await app.client.call("message.send", {
      conversation: conversation || undefined, edit: edited?.id, text, attachments: [...kept, ...passages], context: app.context,
      service: choice?.service, model: choice?.model, knowledge, tools: true,
      tuning: conversation ? undefined : beginning,
    });
    if (app.beginning.peek() === beginning) app.beginning.value = {};
    if (app.library.picked.peek()?.conversation === conversation) app.library.picked.value = undefined;
    app.put(sent.conversation);
    if (app.picked.peek()?.conversation === conversation) app.picked.value = undefined;
    const stillHere = thread.entries.peek().includes(entry) || thread.id.peek() === sent.conversation.id;
    if (stillHere) {
      thread.sent(entry, sent);
      app.remember(sent.conversation.id);
    }
  } catch (error) {
    thread.unpend(entry, edited);
    app.complain(asFault(error));
    giveBack();
  }
}

/** stop ends the answer that is being made in the open conversation. */
export async function stop(app: App): Promise<void> {
  const run = app.thread.live.peek()?.message.peek().run;
  if (run) await app.attempt(app.client.call("run.stop", { id: run }));
}

/** retry asks the same question again, in the place of a failed answer or for another one beside it. */
export async function retry(app: App, message: string, another = false): Promise<void> {
  if (app.away.peek()) return app.notices.show(t.chat.noAnswers);
  const picked = app.picked.peek();
  const other = picked?.conversation === app.thread.id.peek() ? { service: picked.service, model: picked.model } : {};
  await app.attempt(app.client.call("run.retry", { id: message, another: another || undefined, tools: true, ...other }).then((sent) => {
    app.put(sent.conversation);
    app.thread.retried(sent);
  }));
}

/** choose goes through another message of those beside each other. */
export async function choose(app: App, message: string): Promise<void> {
  const { thread } = app;
  const [id, before] = [thread.id.peek(), thread.branch.peek()];
  thread.branch.value = message;
  const call = app.client.call("conversation.branch", { id, message });
  if (!(await app.attempt(call.then((c) => app.put(c)))) && thread.branch.peek() === message) thread.branch.value = before;
}

/** rename gives a conversation a title; an empty one changes nothing. */
export async function rename(app: App, conversation: Conversation, title: string): Promise<void> {
  const clean = title.trim().replace(/\s+/g, " ");
  if (!clean || clean === conversation.title) return;
  app.put({ ...conversation, title: clean, named: true });
  const call = app.client.call("conversation.rename", { id: conversation.id, title: clean });
  if (!(await app.attempt(call.then((c) => app.put(c))))) app.put(conversation);
}

/** keepHere keeps a conversation on this device, or shares it again with the others. */
export async function keepHere(app: App, conversation: Conversation, here: boolean): Promise<void> {
  app.put({ ...conversation, private: here || undefined });
  const call = app.client.call("conversation.private", { id: conversation.id, private: here });
  if (!(await app.attempt(call.then((c) => app.put(c))))) return app.put(conversation);
  app.notices.show(here ? t.list.keptHere : t.list.sharedAgain);
}

/** tune changes what holds for one conversation. It tells whether that was kept. */
export async function tune(app: App, id: string, some: Omit<Tune, "id">): Promise<boolean> {
  return app.attempt(app.client.call("conversation.tune", { id, ...some }).then((c) => app.put(c)));
}

/** instruct puts the text of a prompt into the instructions of the open conversation, or before each of its questions. It can be undone. */
export async function instruct(app: App, text: string, scope: "system" | "session"): Promise<void> {
  const conversation = app.thread.id.peek();
  const { systemPrompt = "", prefix = "" } = (conversation ? app.current.peek() : app.beginning.peek()) ?? {};
  const field = scope === "system" ? "systemPrompt" : "prefix";
  const before = scope === "system" ? systemPrompt : prefix;
  const after = [before, text].filter(Boolean).join("\n\n");
  if (!conversation) return void (app.beginning.value = { ...app.beginning.peek(), [field]: after }); // it is shown there
  if (!(await tune(app, conversation, { [field]: after }))) return;
  app.notices.show(t.prompts.placed[scope], { label: t.list.undo, run: () => void tune(app, conversation, { [field]: before }) });
}

/** archive takes a conversation out of the list, or back into it, and offers to undo that. */
export async function archive(app: App, conversation: Conversation, archived: boolean): Promise<void> {
  if (!(await tune(app, conversation.id, { archived }))) return;
  const title = conversation.title || t.list.untitled;
  app.notices.show(archived ? t.list.archivedNow(title) : t.list.unarchivedNow(title), {
    label: t.list.undo,
    run: () => void tune(app, conversation.id, { archived: !archived }),
  });
}

/** remove puts a conversation away at once and offers to bring it back. */
export async function remove(app: App, conversation: Conversation): Promise<void> {
  const wasOpen = app.thread.id.peek() === conversation.id;
  app.drop(conversation.id);
  if (wasOpen) app.open("");
  if (!(await app.attempt(app.client.call("conversation.delete", { id: conversation.id })))) {
    app.put(conversation);
    return;
  }
  keepDraft(conversation.id, "");
  app.notices.show(t.list.deleted(conversation.title || t.list.untitled), {
    label: t.list.undo,
    run: () => void restore(app, conversation, wasOpen),
  });
}

async function restore(app: App, conversation: Conversation, open: boolean): Promise<void> {
  const call = app.client.call("conversation.restore", { id: conversation.id });
  if (!(await app.attempt(call.then((c) => app.put(c))))) return;
  if (open && app.thread.id.peek() === "") app.open(conversation.id);
}

/** change sets some settings. What is shown changes at once and goes back when it could not be kept. */
export async function change(app: App, some: Partial<App["settings"]["value"]>): Promise<void> {
  const before = app.settings.peek();
  app.settings.value = { ...before, ...some };
  const call = app.client.call("settings.set", some);
  if (!(await app.attempt(call.then((s) => app.keep(s))))) app.settings.value = before;
}

/** pin puts a conversation above the others, or back among them. */
export async function pin(app: App, conversation: Conversation, pinned: boolean): Promise<void> {
  const title = conversation.title || t.list.untitled;
  if (await tune(app, conversation.id, { pinned: pinned ? new Date().toISOString() : "" })) app.notices.say(pinned ? t.list.pinnedNow(title) : t.list.unpinnedNow(title));
}

/** moveTo puts a conversation into a folder; "" takes it out. */
export async function moveTo(app: App, conversation: Conversation, folder: string): Promise<void> {
  if (!(await tune(app, conversation.id, { shelf: folder && `${folder} ` }))) return;
  const title = conversation.title || t.list.untitled;
  const name = app.folders.get(folder)?.name;
  app.notices.say(name ? t.folders.movedTo(title, name) : t.folders.movedOut(title));
}

/** putFolder makes a folder, or gives it another name. It answers its id, "" when that failed. */
export async function putFolder(app: App, name: string, folder?: Folder): Promise<string> {
  const clean = name.trim().replace(/\s+/g, " ");
  if (!clean || clean === folder?.name) return folder?.id ?? "";
  const next = { ...(folder ?? { id: crypto.randomUUID(), created: new Date().toISOString() }), name: clean };
  return (await app.attempt(app.folders.put(next))) ? next.id : "";
}

/** removeFolder takes a folder away, which leaves its conversations in the list, and offers to undo that. */
export async function removeFolder(app: App, folder: Folder): Promise<void> {
  if (!(await app.attempt(app.folders.remove(folder.id)))) return;
  if (app.shelf.peek()?.folder === folder.id) app.chooseFolder("");
  app.notices.show(t.folders.removed(folder.name), { label: t.list.undo, run: () => void app.attempt(app.folders.put(folder)) });
}
