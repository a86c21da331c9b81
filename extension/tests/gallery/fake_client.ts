import type { Client, Link } from "../../bridge/client";
import { fault } from "../../bridge/fault";
import type { MethodName, Methods, News } from "../../gen/wire";

/** Answers maps a method to what the fake says; a missing one never answers. */
export type Answers = { [M in MethodName]?: (body: Methods[M]["in"], each: (chunk: Methods[M]["chunk"]) => void) => unknown };

/** FakeClient pretends to be connected and answers from a table. It exists to look at the interface, nothing else. */
export class FakeClient {
  link: Link = { state: "connecting" };
  onlink: (link: Link) => void = () => undefined;
  onnews: (news: News) => void = () => undefined;

  constructor(private readonly answers: Answers) {}

  call(method: MethodName, body: unknown): Promise<unknown> {
    return this.stream(method, body, () => undefined);
  }

  async stream(method: MethodName, body: unknown, each: (chunk: unknown) => void): Promise<unknown> {
    const answer = this.answers[method] as ((b: unknown, e: (c: unknown) => void) => unknown) | undefined;
    if (!answer) return new Promise(() => undefined);
    const out = await answer(body, each);
    if (out === undefined) throw fault("unsupported", `the fake does not answer ${method}`);
    return out;
  }

  retry(): void {
    this.onlink(this.link);
  }

  /** become changes the link. */
  become(link: Link): void {
    this.link = link;
    this.onlink(link);
  }

  /** asClient lets the fake stand where a client is wanted. */
  asClient(): Client {
    return this as unknown as Client;
  }
}
