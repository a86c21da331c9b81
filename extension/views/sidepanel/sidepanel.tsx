import { start } from "../kit/start";

start("sidepanel");
