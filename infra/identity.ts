import * as gcp from "@pulumi/gcp";
import type * as pulumi from "@pulumi/pulumi";
import type { Topics } from "./queue.ts";
import type { Settings } from "./settings.ts";

export interface Identity {
  account: gcp.serviceaccount.Account;
  /** The grants that it needs before it can work. */
  grants: pulumi.Resource[];
}

/**
 * The account that Cloud Build runs as: it reads the sources, writes its log and pushes the image. The default account has no
 * permissions in a new project, and nearly all permissions in an old one.
 * https://cloud.google.com/build/docs/securing-builds/configure-user-specified-service-accounts
 */
export function createBuildIdentity(
  { name, project }: Settings,
  options: pulumi.CustomResourceOptions,
): gcp.serviceaccount.Account {
  const account = new gcp.serviceaccount.Account(
    "build",
    { accountId: `${name}-build`, displayName: "Cloud Build runs as this account to build the worker's image" },
    options,
  );
  new gcp.projects.IAMMember("build-builds", {
    project,
    role: "roles/cloudbuild.builds.builder",
    member: account.member,
  });
  return account;
}

/** The worker's account. It may read and write this one database and publish to the dead-letter topic. */
export function createWorkerIdentity(
  { name, project, firestoreDatabase }: Settings,
  { deadLetterTopic }: Topics,
  options: pulumi.CustomResourceOptions,
): Identity {
  const account = new gcp.serviceaccount.Account(
    "worker",
    { accountId: `${name}-worker`, displayName: "The worker runs as this account" },
    options,
  );
  const database = `projects/${project}/databases/${firestoreDatabase}`;
  return {
    account,
    grants: [
      new gcp.projects.IAMMember("worker-uses-firestore", {
        project,
        role: "roles/datastore.user",
        member: account.member,
        // https://cloud.google.com/firestore/native/docs/manage-databases#configure_per-database_access_permissions
        condition: { title: "one database", expression: `resource.name == "${database}"` },
      }),
      new gcp.pubsub.TopicIAMMember("worker-publishes-dead-letters", {
        topic: deadLetterTopic.name,
        role: "roles/pubsub.publisher",
        member: account.member,
      }),
    ],
  };
}

/** The account that Pub/Sub and Eventarc call the service as. Here it only gets the grant that lets Pub/Sub sign its tokens. */
export function createPushIdentity(
  { name }: Settings,
  pubsubAgent: gcp.projects.ServiceIdentity,
  options: pulumi.CustomResourceOptions,
): Identity {
  const account = new gcp.serviceaccount.Account(
    "push",
    { accountId: `${name}-push`, displayName: "Pub/Sub and Eventarc call the worker as this account" },
    options,
  );
  return {
    account,
    grants: [
      // Projects from before April 2021 have this grant for all accounts. For this account it suffices, and a push needs only OpenID
      // tokens: https://cloud.google.com/pubsub/docs/authenticate-push-subscriptions#configure_for_push_authentication
      new gcp.serviceaccount.IAMMember("pubsub-agent-signs-push-tokens", {
        serviceAccountId: account.name,
        role: "roles/iam.serviceAccountOpenIdTokenCreator",
        member: pubsubAgent.member,
      }),
    ],
  };
}
