import { blue, red } from "./pictures";

/** A hand-made backup of kai-cd, version 1.0, in the shape of its own types (davidhonghikim/kai-cd, src/types/index.ts). */
export const kaiCdBackup = {
  version: "1.0", metadata: { exportDate: "2025-06-01T00:00:00.000Z", source: "kai-cd" },
  data: {
    services: [
      {
        id: "s1", serviceDefinitionId: "ollama", type: "ollama", name: "Local Ollama", url: "http://localhost:11434", credentialId: "c1", enabled: true, lastUsedModel: "llama3",
        createdAt: 1748000000000, updatedAt: 1748000100000,
        history: [{ id: "h1", role: "user", content: "Good morning", timestamp: 1748000001000 }, { id: "h2", role: "assistant", content: "Morning!", timestamp: 1748000002000 }],
        imageHistory: [],
      },
      { id: "s2", serviceDefinitionId: "comfyui", name: "ComfyUI", url: "http://localhost:8188", history: [],
        imageHistory: [
          { id: "i1", serviceId: "s2", imageData: `data:image/png;base64,${red}`, prompt: "a red stork", timestamp: 1748000003000 },
          { id: "i2", serviceId: "s2", imageData: blue, prompt: "a blue stork", timestamp: 1748000004000 },
          { id: "i3", serviceId: "s2", imageData: "http://localhost:8188/view%3Ffilename=x.png", prompt: "a lost stork", timestamp: 1748000005000 },
          { id: "i4", serviceId: "s2", imageData: "AAAA", prompt: "no stork", timestamp: 1748000006000 },
        ],
      },
      { id: "s3", serviceDefinitionId: "jellyfin", name: "Films", customUrl: "http://films.lan:8096/", url: "", history: [] },
    ],
    vault: "U2FsdGVkX197ec22Qm4uT4EeBn8X0/6y2bmCf4BsSeFPNNJBOr1gcdWdlErPd+dt",
    settings: { theme: "dark", logLevel: "INFO" },
  },
};
