import * as gcp from "@pulumi/gcp";
import * as pulumi from "@pulumi/pulumi";
import { environmentOf, LIVENESS_PROBE, PORT, STARTUP_PROBE, variables } from "./container.ts";
import type { Identity } from "./identity.ts";
import type { PushTarget } from "./queue.ts";
import type { Settings } from "./settings.ts";

/**
 * Cloud Run checks the token of each request and may replace its signature by `SIGNATURE_REMOVED_BY_GOOGLE`, so that the worker cannot
 * check it again. Whether it does so for pushes is reported both ways; with this setting the worker accepts both.
 * https://cloud.google.com/run/docs/troubleshooting#signature-removed
 *
 * Not with `callers`. They may invoke the service, so one of them could send a push whose token is not signed. `environment` can
 * set it for a stack with callers that may do that.
 */
const TRUST_PLATFORM = { PUSH_TRUST_PLATFORM: "true" };

/**
 * The worker as a service that Pub/Sub pushes to. It scales to zero while there is nothing to do.
 * @param image the worker's image
 */
export function createService(
  settings: Settings,
  image: string,
  worker: Identity,
  push: Identity,
): { service: gcp.cloudrunv2.Service; target: PushTarget } {
  const { name, project, region, callers } = settings;
  // The service's address is unknown before it exists, so tokens have a custom audience that Cloud Run accepts as well. Eventarc
  // chooses its own audience, and the worker accepts only one, so with a trigger that one is used for everything.
  const audience = settings.pushAudience ?? `https://${name}.${project}`;
  // An instance holds one running batch and one that is forming, so it never refuses a request that Cloud Run sends.
  const concurrency = 2 * settings.maxBatchReviews;
  const apiKeys = settings.apiKeys === undefined ? undefined : createApiKeys(settings, settings.apiKeys, worker);

  const service = new gcp.cloudrunv2.Service(
    "worker",
    {
      name,
      location: region,
      deletionProtection: false,
      // Pub/Sub and Eventarc of the same project count as internal: https://cloud.google.com/run/docs/securing/ingress
      ingress: callers.length > 0 ? "INGRESS_TRAFFIC_ALL" : "INGRESS_TRAFFIC_INTERNAL_ONLY",
      invokerIamDisabled: false,
      customAudiences: settings.pushAudience === undefined ? [audience] : [],
      template: {
        serviceAccount: worker.account.email,
        executionEnvironment: "EXECUTION_ENVIRONMENT_GEN2",
        ...(settings.kmsKey !== undefined && { encryptionKey: settings.kmsKey }),
        maxInstanceRequestConcurrency: concurrency,
        // Pub/Sub stops waiting for the response after the ack deadline.
        timeout: `${settings.ackDeadlineSeconds}s`,
        scaling: { minInstanceCount: settings.minInstances, maxInstanceCount: settings.maxInstances },
        containers: [
          {
            image,
            ports: { containerPort: PORT },
            envs: [
              ...variables({
                ...(callers.length === 0 && TRUST_PLATFORM),
                ...environmentOf(settings),
                MAX_OUTSTANDING: String(concurrency),
                ACK_DEADLINE_SECONDS: String(settings.ackDeadlineSeconds),
                PUSH_AUDIENCE: audience,
                PUSH_SERVICE_ACCOUNT: push.account.email,
              }),
              ...(apiKeys === undefined
                ? []
                : [{ name: "API_KEYS", valueSource: { secretKeyRef: apiKeys.reference } }]),
            ],
            resources: { limits: { cpu: settings.cpu, memory: settings.memory }, cpuIdle: true, startupCpuBoost: true },
            startupProbe: STARTUP_PROBE,
            livenessProbe: LIVENESS_PROBE,
          },
        ],
      },
    },
    { dependsOn: [...worker.grants, ...(apiKeys === undefined ? [] : [apiKeys.grant])] },
  );

  const mayInvoke = (id: string, member: pulumi.Input<string>) =>
    new gcp.cloudrunv2.ServiceIamMember(id, {
      name: service.name,
      location: region,
      role: "roles/run.invoker",
      member,
    });
  const mayPush = mayInvoke("push-invokes", push.account.member);
  for (const member of callers) mayInvoke(`caller-${member}`, member);
  return {
    service,
    target: {
      endpoint: pulumi.interpolate`${service.uri}/push`,
      audience,
      serviceAccountEmail: push.account.email,
      grants: [...push.grants, mayPush],
    },
  };
}

/** The API keys as a secret that only the worker can read. A change creates a new revision of the service. */
function createApiKeys(
  { name, region, kmsKey }: Settings,
  keys: string,
  worker: Identity,
): { reference: { secret: pulumi.Output<string>; version: pulumi.Output<string> }; grant: pulumi.Resource } {
  const secret = new gcp.secretmanager.Secret(
    "api-keys",
    {
      secretId: `${name}-api-keys`,
      // An organisation policy on locations refuses automatic replication.
      replication: {
        userManaged: {
          replicas: [
            {
              location: region,
              ...(kmsKey !== undefined && { customerManagedEncryption: { kmsKeyName: kmsKey } }),
            },
          ],
        },
      },
    },
    // Like the worker's account, it waits for the APIs.
    { dependsOn: worker.account },
  );
  const version = new gcp.secretmanager.SecretVersion("api-keys", {
    secret: secret.id,
    secretData: pulumi.secret(keys),
  });
  const grant = new gcp.secretmanager.SecretIamMember("worker-reads-api-keys", {
    secretId: secret.secretId,
    role: "roles/secretmanager.secretAccessor",
    member: worker.account.member,
  });
  return { reference: { secret: secret.secretId, version: version.version }, grant };
}
