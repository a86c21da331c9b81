import { start } from "../kit/start";

start("tab");
