import type { Dashboard } from ".";
import { counted, number } from "../format";
import { share, speed } from "./times";

const count = (n: number) => counted(n, { other: "次请求" });

/** zh is the dashboard's catalogue in Simplified Chinese. */
export const zh: Dashboard = {
  title: "仪表板",
  back: "返回 kAI",
  range: "显示的时间",
  ranges: { hour: "过去一小时", day: "过去一天" },
  slots: { hour: "每分钟", day: "每 10 分钟" },
  asking: "正在询问 kai…",
  since: (began, moment) => `kai 自 ${began} 起运行。更新于 ${moment}。`,
  away: (moment) => `kai 没有回应${moment ? `：你看到的是 ${moment} 的内容` : ""}。每隔几秒会再次询问。`,
  locked: "kAI 已锁定。",
  unlock: "解锁",
  signedOut: "你已退出登录。",
  signIn: "登录",
  table: "以表格显示",
  tableOf: (title) => `${title}（表格）`,
  time: "时间",
  none: "–",
  requests: {
    title: "请求", unit: { hour: "过去一小时", day: "过去一天" }, all: "请求", failed: "失败",
    empty: "这段时间没有请求。你、你的浏览器和程序向模型提出的请求会显示在这里。",
    said: (n, failed) => (failed ? `${count(n)}，${number(failed)} 次失败` : count(n)),
    most: (n, slots) => `${slots}最多 ${number(n)} 次`,
  },
  speed: {
    title: "速度", unit: "词元/秒", average: "平均",
    empty: "这段时间没有生成回答。",
    said: (n) => `${speed(n)} 词元/秒`,
  },
  queue: {
    title: "队列", unit: () => "个任务待办",
    waiting: "等待中", running: "运行中", dead: "已放弃",
    said: (waiting, running, dead) => `${number(waiting)} 个等待中，${number(running)} 个运行中，${number(dead)} 个已放弃`,
  },
  sizes: { memory: { title: "内存", unit: "常驻" }, storage: { title: "存储", unit: "磁盘占用" } },
  between: (low, high) => (low === high ? `一直是 ${low}` : `在 ${low} 和 ${high} 之间`),
  now: (text) => `现在 ${text}`,
  services: {
    title: "服务", unit: (of) => `/ ${of} 运行中`,
    empty: "没有监视这台电脑上的服务。请在 kai 的配置中打开一个，例如 services.ollama。",
    names: { ollama: "Ollama", comfyui: "ComfyUI", chroma: "Chroma", a1111: "Stable Diffusion web UI" },
  },
  parts: {
    title: "kai 的各部分",
    names: {
      storage: "记录", vault: "保险库", cache: "缓存", tasks: "任务", updates: "更新", telemetry: "遥测", services: "连接器",
      engine: "回答", assistant: "助手", api: "网页应用和 API", socket: "浏览器",
    },
  },
  states: { ready: "运行中", starting: "启动中", degraded: "受限", failed: "失败", stopped: "已停止", off: "关闭" },
  down: "未运行",
  up: (part) => `${share(part)} 的时间在运行`,
  strip: (name, state, up) => `${name}：现在${state}${up ? `，${up}` : ""}`,
};
