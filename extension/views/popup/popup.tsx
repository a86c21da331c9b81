import { start } from "../kit/start";

start("popup");
