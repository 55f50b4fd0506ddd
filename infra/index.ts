import * as pulumi from "@pulumi/pulumi";
import { deploy } from "./deploy.ts";
import { readSettings } from "./settings.ts";

/** Called by Pulumi. The result becomes the outputs of the stack. */
export default () => deploy(readSettings(pulumi.runtime.allConfig()));
