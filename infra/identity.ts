import * as gcp from "@pulumi/gcp";
import type * as pulumi from "@pulumi/pulumi";
import type { Topics } from "./queue.ts";
import type { Settings } from "./settings.ts";

export interface Identity {
  account: gcp.serviceaccount.Account;
  /** What must be granted before it can work. */
  grants: pulumi.Resource[];
}

/**
 * As whom Cloud Build builds the image: reads the sources, writes its log and pushes. The account that it would take by itself may
 * do nothing in a new project, and nearly everything in an old one.
 * https://cloud.google.com/build/docs/securing-builds/configure-user-specified-service-accounts
 */
export function createBuildIdentity(
  { name, project }: Settings,
  options: pulumi.CustomResourceOptions,
): gcp.serviceaccount.Account {
  const account = new gcp.serviceaccount.Account(
    "build",
    { accountId: `${name}-build`, displayName: "Builds the worker's image: what Cloud Build runs as" },
    options,
  );
  new gcp.projects.IAMMember("build-builds", {
    project,
    role: "roles/cloudbuild.builds.builder",
    member: account.member,
  });
  return account;
}

/** The worker may read and write this one database and publish dead letters. */
export function createWorkerIdentity(
  { name, project, firestoreDatabase }: Settings,
  { deadLetterTopic }: Topics,
  options: pulumi.CustomResourceOptions,
): Identity {
  const account = new gcp.serviceaccount.Account(
    "worker",
    { accountId: `${name}-worker`, displayName: "Labels reviews: what the worker runs as" },
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

/** In whose name Pub/Sub and Eventarc call the service. It gets nothing here but that Pub/Sub may sign its tokens. */
export function createPushIdentity(
  { name }: Settings,
  pubsubAgent: gcp.projects.ServiceIdentity,
  options: pulumi.CustomResourceOptions,
): Identity {
  const account = new gcp.serviceaccount.Account(
    "push",
    { accountId: `${name}-push`, displayName: "Calls the worker: what Pub/Sub pushes as" },
    options,
  );
  return {
    account,
    grants: [
      // Projects from before April 2021 have it for all accounts; on this one account it is enough, and OpenID tokens are all
      // that a push needs: https://cloud.google.com/pubsub/docs/authenticate-push-subscriptions#configure_for_push_authentication
      new gcp.serviceaccount.IAMMember("pubsub-agent-signs-push-tokens", {
        serviceAccountId: account.name,
        role: "roles/iam.serviceAccountOpenIdTokenCreator",
        member: pubsubAgent.member,
      }),
    ],
  };
}
