// A debugging session as the specification has it (Mode-Specific Debug Tools, enableDebugMode).

/** DebugSession is what a session of debugging consists of. */
export interface DebugSession {
  sessionId: string;
  mode: "browser";
  enabledTools: string[];
  startTime: string; // RFC 3339
}

/** DebugTool is a tool of browser mode, by its name in the specification, with how it is made ready. */
export interface DebugTool {
  name: "indexeddb-inspector" | "extension-console";
  activate(): Promise<void>;
}

/** enableDebugMode makes every tool ready. One that cannot be leaves the others be. */
export async function enableDebugMode(tools: readonly DebugTool[]): Promise<DebugSession> {
  const session: DebugSession = { sessionId: crypto.randomUUID(), mode: "browser", enabledTools: [], startTime: new Date().toISOString() };
  for (const tool of tools) {
    try {
      await tool.activate();
      session.enabledTools.push(tool.name);
    } catch (error) {
      console.warn(`Failed to activate ${tool.name}:`, error);
    }
  }
  return session;
}
