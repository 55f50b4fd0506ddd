import type { CloudEvent, CloudFunction } from "firebase-functions";
import type { Change, DocumentSnapshot, FirestoreEvent } from "firebase-functions/firestore";
import type { CallableFunction } from "firebase-functions/https";
import type { MessagePublishedData } from "firebase-functions/pubsub";
import type { TaskQueueFunction } from "firebase-functions/tasks";

/** Labels a review when it is written. */
export declare const classifyReviews: CloudFunction<FirestoreEvent<Change<DocumentSnapshot> | undefined>>;
/** Labels the reviews that messages name. Only where PUBSUB_TOPIC is set. */
export declare const classifyPublished: CloudFunction<CloudEvent<MessagePublishedData>> | undefined;
/** Classifies `{ text }` or `{ texts }` for users of the application. */
export declare const classifyReview: CallableFunction<unknown, Promise<unknown>>;
/** Labels the stored reviews. */
export declare const backfillReviews: TaskQueueFunction;
