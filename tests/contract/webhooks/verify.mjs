// Reads cases as JSON from standard input and prints, for each, which verifiers accept it.
import { readFileSync } from "node:fs";
import { Webhook as StandardWebhook } from "standardwebhooks";
import Stripe from "stripe";
import { Webhook as SvixWebhook } from "svix";

const stripe = new Stripe("sk_test_unused");
const TOLERANCE_SECONDS = 300;

const verifiers = {
  stripe: ({ body, headers, secret }) =>
    stripe.webhooks.signature.verifyHeader(body, headers["X-Dify-Signature"], secret, TOLERANCE_SECONDS),
  standardwebhooks: ({ body, headers, secret }) => new StandardWebhook(secret).verify(body, headers),
  svix: ({ body, headers, secret }) => new SvixWebhook(secret).verify(body, headers),
};

const accepts = (verify, delivery) => {
  try {
    verify(delivery);
    return true;
  } catch (error) {
    if (/verif|signature|timestamp|header/i.test(`${error.name} ${error.message}`)) return false;
    throw error;
  }
};

const deliveries = JSON.parse(readFileSync(0, "utf8"));
const answers = deliveries.map((delivery) =>
  Object.fromEntries(Object.entries(verifiers).map(([name, verify]) => [name, accepts(verify, delivery)])),
);
console.log(JSON.stringify(answers));
