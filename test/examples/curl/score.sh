curl -s "${TUTTI_URL:-http://127.0.0.1:8080}/v1/score" -H 'content-type: application/json' -d '{
  "model": "tutti",
  "pairs": [
    { "prompt": "The state of the", "continuation": " union" },
    { "prompt": "The state of the", "continuation": " onion" }
  ]
}'
