import * as pulumi from "@pulumi/pulumi";
import { deploy } from "./deploy.ts";
import { readSettings } from "./settings.ts";

/** Pulumi calls this; what it returns are the stack's outputs. */
export default () => deploy(readSettings(pulumi.runtime.allConfig()));
