//! A server that speaks Qdrant's protocol, in this process: exact cosine search over a map, the
//! filters that we send, and faults from a script, one for each call.

use std::collections::{BTreeMap, VecDeque};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ::qdrant_client::qdrant::collections_server::{Collections, CollectionsServer};
use ::qdrant_client::qdrant::points_server::{Points, PointsServer};
use ::qdrant_client::qdrant::*;
use tonic::{Request, Response, Status};

/// What goes wrong with one call.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Fault {
    Unavailable,
    Exhausted,
    Denied,
    /// The call is answered too late.
    Slow,
    /// Points are acknowledged and forgotten; other calls are well.
    Lost,
}

#[derive(Clone, Default)]
struct State(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    faults: VecDeque<Fault>,
    collections: BTreeMap<String, Vec<PointStruct>>,
    aliases: BTreeMap<String, String>,
}

pub(crate) struct FakeQdrant {
    pub(crate) url: String,
    state: State,
    server: tokio::task::JoinHandle<()>,
}

impl Drop for FakeQdrant {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl FakeQdrant {
    #[expect(clippy::disallowed_methods, reason = "a server beside the test")]
    pub(crate) async fn start(faults: Vec<Fault>) -> FakeQdrant {
        let state = State::default();
        state.0.lock().unwrap().faults = faults.into();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let incoming = tonic::transport::server::TcpIncoming::from(listener);
        let (points, collections) =
            (PointsServer::new(state.clone()), CollectionsServer::new(state.clone()));
        let server = tokio::spawn(async move {
            let server =
                tonic::transport::Server::builder().add_service(points).add_service(collections);
            server.serve_with_incoming(incoming).await.unwrap();
        });
        FakeQdrant { url, state, server }
    }

    pub(crate) fn script(&self, faults: Vec<Fault>) {
        self.state.0.lock().unwrap().faults = faults.into();
    }

    pub(crate) fn alias(&self, name: &str) -> Option<String> {
        self.state.0.lock().unwrap().aliases.get(name).cloned()
    }
}

impl State {
    /// Plays the next fault; true when this call's points are to be lost.
    async fn play(&self) -> Result<bool, Status> {
        let fault = self.0.lock().unwrap().faults.pop_front();
        match fault {
            None => Ok(false),
            Some(Fault::Lost) => Ok(true),
            Some(Fault::Unavailable) => Err(Status::unavailable("scripted")),
            Some(Fault::Exhausted) => Err(Status::resource_exhausted("scripted")),
            Some(Fault::Denied) => Err(Status::permission_denied("scripted")),
            Some(Fault::Slow) => {
                tokio::time::sleep(Duration::from_secs(2)).await;
                Ok(false)
            }
        }
    }
}

/// Methods that the product does not call, spelled as `async_trait` does, which does not see into macros.
macro_rules! not_here {
    ($($method:ident($request:ident) -> $response:ident;)*) => {
        $(fn $method<'a, 'b>(
            &'a self,
            _: Request<$request>,
        ) -> Pin<Box<dyn Future<Output = Result<Response<$response>, Status>> + Send + 'b>>
        where
            'a: 'b,
            Self: 'b,
        {
            Box::pin(async { Err(Status::unimplemented(stringify!($method))) })
        })*
    };
}

#[tonic::async_trait]
impl Points for State {
    async fn upsert(
        &self,
        request: Request<UpsertPoints>,
    ) -> Result<Response<PointsOperationResponse>, Status> {
        let lost = self.play().await?;
        let UpsertPoints { collection_name, points, .. } = request.into_inner();
        let mut inner = self.0.lock().unwrap();
        let collection = inner
            .collections
            .get_mut(&collection_name)
            .ok_or_else(|| Status::not_found(collection_name))?;
        for point in points {
            if !lost {
                collection.retain(|old| old.id != point.id);
                collection.push(point);
            }
        }
        Ok(Response::new(PointsOperationResponse::default()))
    }

    async fn create_field_index(
        &self,
        _: Request<CreateFieldIndexCollection>,
    ) -> Result<Response<PointsOperationResponse>, Status> {
        self.play().await?;
        Ok(Response::new(PointsOperationResponse::default()))
    }

    async fn count(
        &self,
        request: Request<CountPoints>,
    ) -> Result<Response<CountResponse>, Status> {
        self.play().await?;
        let name = request.into_inner().collection_name;
        let count = self
            .0
            .lock()
            .unwrap()
            .collections
            .get(&name)
            .ok_or_else(|| Status::not_found(name))?
            .len();
        Ok(Response::new(CountResponse {
            result: Some(CountResult { count: count as u64 }),
            ..CountResponse::default()
        }))
    }

    async fn query(
        &self,
        request: Request<QueryPoints>,
    ) -> Result<Response<QueryResponse>, Status> {
        self.play().await?;
        let request = request.into_inner();
        let wanted = nearest(request.query.as_ref())
            .ok_or_else(|| Status::invalid_argument("no nearest vector"))?;
        let inner = self.0.lock().unwrap();
        let points = inner
            .collections
            .get(&request.collection_name)
            .ok_or_else(|| Status::not_found(request.collection_name.clone()))?;
        let mut result: Vec<ScoredPoint> = points
            .iter()
            .filter(|point| {
                request.filter.iter().flat_map(|filter| &filter.must).all(|must| holds(point, must))
            })
            .map(|point| ScoredPoint {
                id: point.id.clone(),
                payload: point.payload.clone(),
                score: cosine(&wanted, &dense(point)),
                ..ScoredPoint::default()
            })
            .collect();
        result.sort_by(|a, b| b.score.total_cmp(&a.score));
        result.truncate(request.limit.unwrap_or(10) as usize);
        Ok(Response::new(QueryResponse { result, ..QueryResponse::default() }))
    }

    not_here! {
        delete(DeletePoints) -> PointsOperationResponse;
        get(GetPoints) -> GetResponse;
        update_vectors(UpdatePointVectors) -> PointsOperationResponse;
        delete_vectors(DeletePointVectors) -> PointsOperationResponse;
        set_payload(SetPayloadPoints) -> PointsOperationResponse;
        overwrite_payload(SetPayloadPoints) -> PointsOperationResponse;
        delete_payload(DeletePayloadPoints) -> PointsOperationResponse;
        clear_payload(ClearPayloadPoints) -> PointsOperationResponse;
        delete_field_index(DeleteFieldIndexCollection) -> PointsOperationResponse;
        create_vector_name(CreateVectorNameRequest) -> PointsOperationResponse;
        delete_vector_name(DeleteVectorNameRequest) -> PointsOperationResponse;
        search(SearchPoints) -> SearchResponse;
        search_batch(SearchBatchPoints) -> SearchBatchResponse;
        search_groups(SearchPointGroups) -> SearchGroupsResponse;
        scroll(ScrollPoints) -> ScrollResponse;
        recommend(RecommendPoints) -> RecommendResponse;
        recommend_batch(RecommendBatchPoints) -> RecommendBatchResponse;
        recommend_groups(RecommendPointGroups) -> RecommendGroupsResponse;
        discover(DiscoverPoints) -> DiscoverResponse;
        discover_batch(DiscoverBatchPoints) -> DiscoverBatchResponse;
        update_batch(UpdateBatchPoints) -> UpdateBatchResponse;
        query_batch(QueryBatchPoints) -> QueryBatchResponse;
        query_groups(QueryPointGroups) -> QueryGroupsResponse;
        facet(FacetCounts) -> FacetResponse;
        search_matrix_pairs(SearchMatrixPoints) -> SearchMatrixPairsResponse;
        search_matrix_offsets(SearchMatrixPoints) -> SearchMatrixOffsetsResponse;
    }
}

#[tonic::async_trait]
impl Collections for State {
    async fn create(
        &self,
        request: Request<CreateCollection>,
    ) -> Result<Response<CollectionOperationResponse>, Status> {
        self.play().await?;
        let name = request.into_inner().collection_name;
        self.0.lock().unwrap().collections.insert(name, Vec::new());
        Ok(Response::new(CollectionOperationResponse {
            result: true,
            ..CollectionOperationResponse::default()
        }))
    }

    async fn delete(
        &self,
        request: Request<DeleteCollection>,
    ) -> Result<Response<CollectionOperationResponse>, Status> {
        self.play().await?;
        let there = self
            .0
            .lock()
            .unwrap()
            .collections
            .remove(&request.into_inner().collection_name)
            .is_some();
        Ok(Response::new(CollectionOperationResponse {
            result: there,
            ..CollectionOperationResponse::default()
        }))
    }

    async fn collection_exists(
        &self,
        request: Request<CollectionExistsRequest>,
    ) -> Result<Response<CollectionExistsResponse>, Status> {
        self.play().await?;
        let exists =
            self.0.lock().unwrap().collections.contains_key(&request.into_inner().collection_name);
        Ok(Response::new(CollectionExistsResponse {
            result: Some(CollectionExists { exists }),
            ..CollectionExistsResponse::default()
        }))
    }

    async fn update_aliases(
        &self,
        request: Request<ChangeAliases>,
    ) -> Result<Response<CollectionOperationResponse>, Status> {
        self.play().await?;
        for action in request.into_inner().actions {
            if let Some(alias_operations::Action::CreateAlias(alias)) = action.action {
                self.0.lock().unwrap().aliases.insert(alias.alias_name, alias.collection_name);
            }
        }
        Ok(Response::new(CollectionOperationResponse {
            result: true,
            ..CollectionOperationResponse::default()
        }))
    }

    not_here! {
        get(GetCollectionInfoRequest) -> GetCollectionInfoResponse;
        list(ListCollectionsRequest) -> ListCollectionsResponse;
        update(UpdateCollection) -> CollectionOperationResponse;
        list_collection_aliases(ListCollectionAliasesRequest) -> ListAliasesResponse;
        list_aliases(ListAliasesRequest) -> ListAliasesResponse;
        collection_cluster_info(CollectionClusterInfoRequest) -> CollectionClusterInfoResponse;
        update_collection_cluster_setup(UpdateCollectionClusterSetupRequest) -> UpdateCollectionClusterSetupResponse;
        create_shard_key(CreateShardKeyRequest) -> CreateShardKeyResponse;
        delete_shard_key(DeleteShardKeyRequest) -> DeleteShardKeyResponse;
        list_shard_keys(ListShardKeysRequest) -> ListShardKeysResponse;
    }
}

fn nearest(query: Option<&Query>) -> Option<Vec<f32>> {
    let Some(query::Variant::Nearest(input)) = query?.variant.as_ref() else { return None };
    match input.variant.as_ref()? {
        vector_input::Variant::Dense(dense) => Some(dense.data.clone()),
        _ => None,
    }
}

#[expect(deprecated, reason = "the field that the client fills")]
fn dense(point: &PointStruct) -> Vec<f32> {
    let Some(vectors::VectorsOptions::Vector(vector)) =
        point.vectors.as_ref().and_then(|v| v.vectors_options.as_ref())
    else {
        return Vec::new();
    };
    match vector.vector.as_ref() {
        Some(vector::Vector::Dense(dense)) => dense.data.clone(),
        _ => vector.data.clone(),
    }
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f32>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

fn holds(point: &PointStruct, condition: &Condition) -> bool {
    let Some(condition::ConditionOneOf::Field(field)) = &condition.condition_one_of else {
        return false;
    };
    let value = point.payload.get(&field.key).and_then(|value| value.kind.as_ref());
    if let Some(matching) = field.r#match.as_ref().and_then(|m| m.match_value.as_ref()) {
        let Some(value::Kind::StringValue(text)) = value else { return false };
        return match matching {
            r#match::MatchValue::Keyword(keyword) => keyword == text,
            r#match::MatchValue::Keywords(keywords) => keywords.strings.contains(text),
            _ => false,
        };
    }
    let (Some(range), Some(value::Kind::IntegerValue(number))) = (&field.range, value) else {
        return false;
    };
    let number = *number as f64;
    range.lte.is_none_or(|most| number <= most) && range.gt.is_none_or(|least| number > least)
}
