"""Stores a review and asks for its sentiment: python publish.py "TEXT" """

import json
import sys
from datetime import datetime, timezone

from google.cloud import firestore, pubsub_v1


def main() -> int:
    if len(sys.argv) != 2:
        print('usage: python publish.py "TEXT"', file=sys.stderr)
        return 2
    database = firestore.Client()
    publisher = pubsub_v1.PublisherClient()

    _, review = database.collection("reviews").add({"text": sys.argv[1], "createdAt": datetime.now(timezone.utc)})
    # After the write: a worker that gets the message must find the document.
    message = json.dumps({"path": review.path}).encode()
    publisher.publish(publisher.topic_path(database.project, "reviews"), message).result(timeout=60)
    print(f"{review.path} stored and published")
    return 0


if __name__ == "__main__":
    sys.exit(main())
