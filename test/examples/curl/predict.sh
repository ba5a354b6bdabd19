curl -s "${TUTTI_URL:-http://127.0.0.1:8080}/v1/predict" -H 'content-type: application/json' -d '{
  "model": "tutti",
  "prompt": "The state of the",
  "top": 3,
  "words": 2
}'
