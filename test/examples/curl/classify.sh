curl -s "${TUTTI_URL:-http://127.0.0.1:8080}/v1/classify" -H 'content-type: application/json' -d '{
  "model": "tutti",
  "prompt": "{input}.",
  "inputs": ["My fellow citizens, the state of the Union", "a function that returns the number of arguments"],
  "labels": [" Congress", " Python"],
  "normalisation": "contextual"
}'
